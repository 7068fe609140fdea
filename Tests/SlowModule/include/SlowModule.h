// Of PKCS #11 v2.40: the one function by which a module is known, as much of its list as has to be known here.
#pragma once

struct function_list {
    unsigned char version[2];
    void *functions[68];
};

unsigned long C_GetFunctionList(struct function_list **list);
