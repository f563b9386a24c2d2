#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// Writes one JSON text front to back; the caller balances begin and end. Bytes that are not UTF-8
// become U+FFFD, so that no text of a platform or a proxy can make the document invalid.
class json_writer {
public:
    // Without a name: the document itself or an element of an array.
    void begin_object(std::string_view name = {});
    void end_object();
    void begin_array(std::string_view name = {});
    void end_array();

    void text(std::string_view name, std::string_view value);
    void text_or_null(std::string_view name, std::optional<std::string_view> value);
    void number(std::string_view name, std::int64_t value);
    void boolean(std::string_view name, bool value);
    void null(std::string_view name);
    // `json` is JSON text; an empty one stands for null.
    void raw(std::string_view name, std::string_view json);
    void text_element(std::string_view value);

    const std::string& str() const noexcept { return out_; }

private:
    void next();
    void open(std::string_view name);

    std::string out_;
};

// Appends `value` in quotes, escaped per RFC 8259 §7. Escapes what a person can't see, too, so that
// no answer and no log line does anything to a terminal (text/invisible_characters.hpp).
void append_json_string(std::string& out, std::string_view value);

}  // namespace gateway::text
