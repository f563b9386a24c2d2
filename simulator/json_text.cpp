#include "simulator/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace simulator {

namespace {

// A slash occurs only inside JSON strings, so every slash of the serialised text can be escaped.
std::string escape_slashes(std::string_view text) {
    std::string result;
    result.reserve(text.size() + 8);
    for (const char c : text) {
        if (c == '/') {
            result.push_back('\\');
        }
        result.push_back(c);
    }
    return result;
}

void write_pretty(const json::value& value, int depth, std::string& out) {
    const auto* object = value.if_object();
    if (object == nullptr || object->empty()) {
        out += compact_json(value);
        return;
    }
    const std::string indent(static_cast<std::size_t>(depth) + 1, '\t');
    out += "{\n";
    bool first = true;
    for (const auto& member : *object) {
        out += first ? "" : ",\n";
        first = false;
        out += indent + quoted(member.key()) + ": ";
        write_pretty(member.value(), depth + 1, out);
    }
    out += "\n" + std::string(static_cast<std::size_t>(depth), '\t') + "}";
}

}  // namespace

std::string compact_json(const json::value& value) {
    return escape_slashes(json::serialize(value));
}

std::string pretty_json(const json::value& value) {
    std::string out;
    write_pretty(value, 0, out);
    return out;
}

std::string with_raw_control_characters(std::string serialised) {
    for (const std::string_view key :
         {"\"ret_msg\":", "\"sub_msg\":", "\"msg\":", "\"request_id\":"}) {
        const std::size_t at = serialised.find(key);
        if (at == std::string::npos) {
            continue;
        }
        const std::size_t quote = serialised.find('"', at + key.size());
        if (quote != std::string::npos) {
            serialised.insert(quote + 1, "\t\r\n");
            return serialised;
        }
    }
    return serialised;
}

std::string quoted(std::string_view text) {
    return json::serialize(json::value(json::string(text)));
}

}  // namespace simulator
