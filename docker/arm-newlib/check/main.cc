#include <algorithm>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

static struct Early {
    int number;
    Early() : number(40) {}
} early;

int main() {
    std::vector<std::string> words{std::to_string(2), std::to_string(early.number / 10)};
    std::sort(words.begin(), words.end(), std::greater<>());
    try {
        throw std::runtime_error("caught");
    } catch (const std::exception &error) {
        std::printf("C++ %s%s %s\n", words[0].c_str(), words[1].c_str(), error.what());
    }
    return 0;
}
