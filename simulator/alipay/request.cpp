#include "simulator/alipay/request.hpp"

#include <boost/json/parse.hpp>

namespace simulator {

namespace json = boost::json;

namespace {

using gateway::net::equal_ignoring_case;
using gateway::net::http_request;

void add_fields(std::string_view text, alipay_request& into) {
    const parsed_form parsed = parse_form(text);
    into.readable = into.readable && parsed.complete;
    for (const form_field& field : parsed.fields) {
        std::string name = to_utf8(field.name, into.wire);
        std::string text_value = to_utf8(field.value, into.wire);
        const auto [known, added] = into.params.emplace(name, text_value);
        if (!added && known->second != text_value) {
            into.conflicting = name;
        }
        into.fields.push_back({std::move(name), std::move(text_value)});
    }
}

// The charset of the URL alone decides how the bytes are decoded.
void read_url_charset(std::string_view query, alipay_request& read) {
    const parsed_form parsed = parse_form(query);
    for (const form_field& field : parsed.fields) {
        const auto declared = charset_named(field.value);
        if (field.name == "charset" && declared) {
            read.wire = *declared;
            read.charset_in_url = true;
        }
    }
}

}  // namespace

std::string_view value_of(const alipay_request& read, const char* name) {
    const auto found = read.params.find(name);
    return found == read.params.end() ? std::string_view{} : std::string_view{found->second};
}

bool is_form(const http_request& request) {
    std::string_view type = request.headers.find("Content-Type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) {
        type.remove_suffix(1);
    }
    return equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

alipay_request read_alipay_request(const http_request& request) {
    alipay_request read;
    const std::string_view query = split_target(request.target).query;
    read_url_charset(query, read);
    add_fields(query, read);
    if (is_form(request)) {
        add_fields(request.body, read);
    }
    return read;
}

json::object peek_biz_content(const alipay_request& read) {
    boost::system::error_code error;
    const json::value document = json::parse(value_of(read, "biz_content"), error);
    return !error && document.is_object() ? document.get_object() : json::object{};
}

}  // namespace simulator
