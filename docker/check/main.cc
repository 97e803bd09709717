#include <iostream>
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
    std::cout << "C++ caught " << text << std::endl;
}
