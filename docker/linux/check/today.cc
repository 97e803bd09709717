// What C++ has today, on a C library that is older.
#include <filesystem>
#include <format>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

int main() {
    std::counting_semaphore<4> free(2);
    std::mutex guard;
    int caught = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 42; i++)
            threads.emplace_back([&] {
                free.acquire();
                try {
                    throw std::runtime_error("x");
                } catch (const std::exception &) {
                    std::lock_guard lock(guard);
                    caught++;
                }
                free.release();
            });
    }
    std::random_device()();
    namespace fs = std::filesystem;
    const fs::path file = "today.txt";
    std::ofstream(file) << "12345";
    // Times have 64 bits on all machines here, whatever the C library's headers say.
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(file);
    if (fs::file_size(file) != 5 || age > std::chrono::hours(1) || age < -std::chrono::hours(1))
        return 1;
    std::cout << std::format("C++23 caught {}", caught) << std::endl;
}
