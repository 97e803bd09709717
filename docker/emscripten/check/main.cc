#include <algorithm>
#include <csetjmp>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

static std::jmp_buf place;

static void leave() {
    std::longjmp(place, 1);
}

// In a function of its own: this clang crashes where `setjmp` and `catch` are in one, with -fwasm-exceptions.
__attribute__((noinline)) static bool leaves() {
    if (setjmp(place) == 0)
        leave();
    return true;
}

int main() {
    std::vector<std::string> words{std::to_string(2), std::to_string(4)};
    std::sort(words.begin(), words.end(), std::greater<>());
    try {
        throw std::runtime_error(words[0] + words[1]);
    } catch (const std::exception &error) {
        std::cout << "C++ " << error.what() << std::endl;
    }
    return leaves() ? std::stoi(words[0]) - 4 : 1;
}
