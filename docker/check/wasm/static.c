int from_static(int x) { return x; }
