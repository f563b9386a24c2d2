#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace simulator {

struct form_field {
    std::string name;
    std::string value;  // percent-decoded bytes, charset unknown here
};

using form_fields = std::vector<form_field>;

struct parsed_form {
    form_fields fields;
    bool whole =
        true;  // false: a field was left out, its percent sign is not followed by two hex digits
};

// application/x-www-form-urlencoded in the order it came: `+` is a space, `%20` too.
parsed_form parse_form(std::string_view text);

struct request_target {
    std::string_view path;
    std::string_view query;
};
request_target split_target(std::string_view target);

}  // namespace simulator
