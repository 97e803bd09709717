int from_shared(int x) { return x; }
