#pragma once

#include <unistd.h>

#include <utility>

namespace gateway::crash {

// An open file descriptor, closed with its owner.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() { close(); }
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }

    int get() const noexcept { return number_; }
    bool open() const noexcept { return number_ >= 0; }
    void close() noexcept {
        if (open()) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_ = -1;
};

}  // namespace gateway::crash
