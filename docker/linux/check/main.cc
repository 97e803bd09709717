#include <filesystem>
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
    // Throws where the library was built without knowing the system's functions.
    return std::filesystem::current_path().empty();
}
