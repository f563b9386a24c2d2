// Carries the precompiled headers of the test programs; a program only because those are compiled
// as programs.
int main() {
    return 0;
}
