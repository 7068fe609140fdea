// Loaded before the C library, by its file's name: nothing of it is called by name.
