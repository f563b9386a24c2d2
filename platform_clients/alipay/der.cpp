#include "platform_clients/alipay/der.hpp"

#include <cstddef>

namespace gateway::alipay {

std::optional<der_element> der_reader::next() {
    if (rest_.size() < 2) {
        return std::nullopt;
    }
    const auto byte = [this](std::size_t at) {
        return static_cast<std::uint8_t>(rest_[at]);
    };
    constexpr std::uint8_t long_tag = 0x1F;
    if ((byte(0) & long_tag) == long_tag) {
        return std::nullopt;
    }
    std::size_t length = byte(1);
    std::size_t header = 2;
    if (length >= 0x80) {
        const std::size_t length_bytes = length & 0x7FU;
        if (length_bytes == 0 || length_bytes > 4 || rest_.size() < header + length_bytes) {
            return std::nullopt;
        }
        length = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) {
            length = (length << 8U) | byte(header + i);
        }
        header += length_bytes;
    }
    if (rest_.size() - header < length) {
        return std::nullopt;
    }
    const der_element element{
        byte(0), rest_.substr(header, length), rest_.substr(0, header + length)
    };
    rest_.remove_prefix(header + length);
    return element;
}

std::optional<der_element> der_reader::next(std::uint8_t tag) {
    if (rest_.empty() || static_cast<std::uint8_t>(rest_.front()) != tag) {
        return std::nullopt;
    }
    return next();
}

}  // namespace gateway::alipay
