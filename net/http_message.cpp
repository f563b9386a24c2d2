#include "net/http_message.hpp"

#include <algorithm>

namespace gateway::net {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

void header_list::add(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
}

bool header_list::extend_last(std::string_view more) {
    if (fields_.empty()) {
        return false;
    }
    fields_.back().value.append(" ").append(more);
    return true;
}

std::optional<std::string_view> header_list::find(std::string_view name) const {
    for (const field& f : fields_) {
        if (equal_ignoring_case(f.name, name)) {
            return f.value;
        }
    }
    return std::nullopt;
}

std::size_t header_list::memory() const noexcept {
    const auto of_text = [](const std::string& text) {
        // A shorter text is stored within the string object.
        return text.capacity() >= sizeof(std::string) / 2 ? text.capacity() + 1 : 0;
    };
    std::size_t sum = fields_.capacity() * sizeof(field);
    for (const field& f : fields_) {
        sum += of_text(f.name) + of_text(f.value);
    }
    return sum;
}

std::size_t header_list::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(fields_, [name](const field& f) {
        return equal_ignoring_case(f.name, name);
    }));
}

}  // namespace gateway::net
