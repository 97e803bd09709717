#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

int main() {
    std::vector<std::string> words{std::to_string(2), std::to_string(4)};
    std::sort(words.begin(), words.end(), std::greater<>());
#ifndef QUIET
    // Compiled, and never reached.
    try {
        if (words.empty())
            throw 1;
    } catch (int) {
        return 1;
    }
#endif
    std::cout << "C++ " << words[0] << words[1] << std::endl;
    return std::stoi(words[0]) - 4;
}
