// Does nothing, with the libraries of batchctl: what the start of such a program costs at least.
int main() {}
