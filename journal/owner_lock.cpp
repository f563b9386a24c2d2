#include "journal/owner_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace gateway::journal {
namespace {

// Who wrote its process id into the lock file; only a hint for the message.
std::string owner_hint(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    std::string digits;
    for (ssize_t i = 0; i < size && text[static_cast<std::size_t>(i)] >= '0'; ++i) {
        digits += text[static_cast<std::size_t>(i)];
    }
    return digits.empty() ? std::string() : " (process " + digits + ")";
}

void write_owner_hint(int descriptor) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    // Best effort: on a full disk the lock holds all the same.
    if (::ftruncate(descriptor, 0) == 0) {
        [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, pid.data(), pid.size(), 0);
    }
}

}  // namespace

owner_lock::owner_lock(const std::string& journal_path) {
    const std::filesystem::path folder = std::filesystem::absolute(journal_path).parent_path();
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        throw std::runtime_error("journal " + journal_path + ": its folder does not exist");
    }
    const std::string lock_path = journal_path + ".lock";
    descriptor_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
        throw std::runtime_error(
            "journal " + journal_path + ": its folder is not writable (" + std::strerror(errno) +
            ")"
        );
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const std::string owner = owner_hint(descriptor_);
        ::close(descriptor_);
        throw std::runtime_error(
            "journal " + journal_path + ": in use by another gateway process" + owner
        );
    }
    write_owner_hint(descriptor_);
}

owner_lock::~owner_lock() {
    ::close(descriptor_);
}

}  // namespace gateway::journal
