// What the system's C++ library has: headers for file systems are there, and no library with their functions.
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

int main() {
    std::string text;
    std::thread([&] {
        try {
            throw std::runtime_error(std::to_string(42));
        } catch (const std::exception &error) {
            text = error.what();
        }
    }).join();
    std::ostringstream line;
    line << "C++ caught " << std::map<int, std::string>{{1, text}}[1];
    std::cout << line.str() << std::endl;
    return 0;
}
