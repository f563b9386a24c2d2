#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace simulator {

struct form_field {
    std::string name;
    std::string value;  // percent-decoded bytes in the sender's charset
};

using form_fields = std::vector<form_field>;

struct parsed_form {
    form_fields fields;
    // False when a field was left out because two hex digits do not follow its percent sign.
    bool complete = true;
};

// Decodes application/x-www-form-urlencoded and keeps the order; both `+` and `%20` are spaces.
parsed_form parse_form(std::string_view text);

struct request_target {
    std::string_view path;
    std::string_view query;
};
request_target split_target(std::string_view target);

}  // namespace simulator
