#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::net {

// Header fields in the order received. Names compare without regard to case (RFC 9110 §5.1).
class header_list {
public:
    struct field {
        std::string name;
        std::string value;
    };

    header_list() = default;
    header_list(std::initializer_list<field> fields) : fields_(fields) {}

    void add(std::string_view name, std::string_view value);
    // Appends to the value of the field added last, behind a space; false without one.
    bool extend_last(std::string_view more);
    // The first field of that name, or nothing.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    bool empty() const noexcept { return fields_.empty(); }
    // Approximate bytes of heap memory.
    std::size_t memory() const noexcept;
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<field> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

struct http_request {
    std::string method;  // upper case as received: GET, POST, …
    std::string target;  // origin form, undecoded: /path?query
    header_list headers;
    std::string body;
    unsigned version = 11;   // 10 or 11
    bool keep_alive = true;  // by version and Connection header
};

struct http_response {
    unsigned status = 200;
    header_list headers;  // without Content-Length, Connection and Date, which the writer adds
    std::string body;
    bool keep_alive = true;
};

}  // namespace gateway::net
