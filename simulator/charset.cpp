#include "simulator/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>

#include "net/http_message.hpp"

namespace simulator {

namespace {

const char* iconv_name(charset which) {
    switch (which) {
        case charset::utf_8:
            return "UTF-8";
        case charset::gbk:
            return "GBK";
        case charset::gb2312:
            return "GB2312";
    }
    return "UTF-8";
}

class converter {
public:
    converter(charset from, charset to) : handle_(iconv_open(iconv_name(to), iconv_name(from))) {
        // iconv_open reports failure as the pointer value -1.
        if (reinterpret_cast<std::intptr_t>(handle_) == -1) {
            throw std::runtime_error("this C library cannot convert GBK");
        }
    }
    converter(const converter&) = delete;
    converter& operator=(const converter&) = delete;
    ~converter() { iconv_close(handle_); }

    struct step {
        bool complete = false;
        std::size_t consumed = 0;
    };
    // Converts up to the first sequence that cannot be converted.
    step run(std::string_view in, std::string& out) {
        std::string copy(in);
        char* from = copy.data();
        std::size_t left = copy.size();
        for (;;) {
            std::array<char, 512> buffer{};
            char* to = buffer.data();
            std::size_t available = buffer.size();
            const std::size_t result = iconv(handle_, &from, &left, &to, &available);
            out.append(buffer.data(), buffer.size() - available);
            if (result != static_cast<std::size_t>(-1)) {
                return {true, in.size()};
            }
            if (errno != E2BIG) {
                return {false, in.size() - left};
            }
        }
    }

private:
    iconv_t handle_;
};

std::size_t utf8_length(unsigned char lead) {
    if (lead >= 0xF0) {
        return 4;
    }
    if (lead >= 0xE0) {
        return 3;
    }
    return lead >= 0xC0 ? 2 : 1;
}

}  // namespace

std::optional<charset> charset_named(std::string_view name) {
    for (const charset which : {charset::utf_8, charset::gbk, charset::gb2312}) {
        if (gateway::net::equal_ignoring_case(name, iconv_name(which))) {
            return which;
        }
    }
    return std::nullopt;
}

std::string_view charset_name(charset which) {
    return which == charset::utf_8 ? "utf-8" : iconv_name(which);
}

std::string to_utf8(std::string_view bytes, charset from) {
    converter convert(from, charset::utf_8);
    std::string text;
    while (!bytes.empty()) {
        const auto done = convert.run(bytes, text);
        bytes.remove_prefix(done.consumed);
        if (!done.complete) {
            text += "\xEF\xBF\xBD";
            bytes.remove_prefix(1);
        }
    }
    return text;
}

std::string from_utf8(std::string_view text, charset to) {
    converter convert(charset::utf_8, to);
    std::string bytes;
    while (!text.empty()) {
        const auto done = convert.run(text, bytes);
        text.remove_prefix(done.consumed);
        if (!done.complete) {
            bytes.push_back('?');
            text.remove_prefix(
                std::min(utf8_length(static_cast<unsigned char>(text.front())), text.size())
            );
        }
    }
    return bytes;
}

bool is_utf8(std::string_view bytes) {
    converter convert(charset::utf_8, charset::utf_8);
    std::string text;
    return convert.run(bytes, text).complete;
}

}  // namespace simulator
