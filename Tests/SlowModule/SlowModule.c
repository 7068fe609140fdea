// SoftHSM's module, which looks for keys only when whoever has made a named pipe beside its configuration, and holds that
// open, lets go of it.
#include "SlowModule.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long find_objects_init(unsigned long session, void *template, unsigned long count);
typedef unsigned long get_function_list(struct function_list **list);

enum { C_FindObjectsInit = 26, CKR_GENERAL_ERROR = 5 };

static find_objects_init *find;

static unsigned long wait_and_find(unsigned long session, void *template, unsigned long count) {
    const char *configuration = getenv("SOFTHSM2_CONF");
    char path[4096], byte;
    snprintf(path, sizeof path, "%s.gate", configuration == NULL ? "" : configuration);
    int gate = open(path, O_RDONLY | O_CLOEXEC);
    if (gate >= 0) {
        while (read(gate, &byte, 1) > 0) continue;
        close(gate);
    }
    return find(session, template, count);
}

unsigned long C_GetFunctionList(struct function_list **list) {
    static struct function_list slow;
    struct function_list *theirs;
    void *module = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    get_function_list *get = module == NULL ? NULL : (get_function_list *)dlsym(module, "C_GetFunctionList");
    if (get == NULL || get(&theirs) != 0) return CKR_GENERAL_ERROR;
    slow = *theirs;
    find = (find_objects_init *)theirs->functions[C_FindObjectsInit];
    slow.functions[C_FindObjectsInit] = (void *)wait_and_find;
    *list = &slow;
    return 0;
}
