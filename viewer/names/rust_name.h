// rust_name.h - names of Rust functions as people write them.
#ifndef RPSCOPE_NAMES_RUST_NAME_H
#define RPSCOPE_NAMES_RUST_NAME_H

// Of a symbol of the second way of mangling ("_R...", RFC 2603), without the
// hashes of crates. NULL: it is none. To be given to free().
char *rust_name(const char *symbol);

// Of the first way, which C++ demanglers take for theirs: undoes what they
// leave of it in `name`, in its place. Any other name stays as it is.
void rust_legacy_name(char *name);

#endif
