#include "platform_clients/alipay/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <type_traits>

namespace gateway::alipay {
namespace {

struct closes_converter {
    void operator()(void* converter) const noexcept { iconv_close(converter); }
};
using converter_ptr = std::unique_ptr<std::remove_pointer_t<iconv_t>, closes_converter>;

converter_ptr open_converter(const char* from, const char* to) {
    const auto converter = iconv_open(to, from);
    // iconv_open()'s failure value is (iconv_t)-1, not null.
    if (reinterpret_cast<std::intptr_t>(converter) == -1) {
        return nullptr;
    }
    return converter_ptr(converter);
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
}

std::optional<std::string> convert(std::string_view text, const char* from, const char* to) {
    if (is_ascii(text)) {
        return std::string(text);
    }
    const auto converter = open_converter(from, to);
    if (!converter) {
        return std::nullopt;
    }
    std::string source(text);
    std::string out(text.size() * 2, '\0');  // two GBK bytes become at most three of UTF-8
    char* in = source.data();
    char* at = out.data();
    std::size_t in_left = source.size();
    std::size_t out_left = out.size();
    const auto irreversible = iconv(converter.get(), &in, &in_left, &at, &out_left);
    if (irreversible != 0 || in_left != 0) {
        return std::nullopt;
    }
    out.resize(out.size() - out_left);
    return out;
}

const char* converter_name(charset which) noexcept {
    return which == charset::utf_8 ? "UTF-8" : "GBK";
}

}  // namespace

std::string_view charset_name(charset which) noexcept {
    switch (which) {
        case charset::utf_8:
            return "utf-8";
        case charset::gbk:
            return "GBK";
        case charset::gb2312:
            return "GB2312";
    }
    return "utf-8";
}

bool charset_available(charset which) {
    return which == charset::utf_8 ||
           (open_converter("UTF-8", "GBK") && open_converter("GBK", "UTF-8") &&
            open_converter("GB2312", "UTF-8"));
}

std::optional<std::string> encode_text(std::string_view utf8, charset to) {
    auto bytes = convert(utf8, "UTF-8", converter_name(to));
    if (bytes && to == charset::gb2312 && !convert(*bytes, "GB2312", "UTF-8")) {
        return std::nullopt;
    }
    return bytes;
}

std::optional<std::string> decode_text(std::string_view bytes, charset from) {
    return convert(bytes, converter_name(from), "UTF-8");
}

}  // namespace gateway::alipay
