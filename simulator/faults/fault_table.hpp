#pragma once

#include <span>
#include <string_view>

// The table of faults that tests can inject (docs/simulator.md, Control).

namespace simulator {

enum class fault_kind {
    refuse_connection,
    reset_before_reading,
    wrong_certificate,
    reset_after_reading,
    late,
    http_status,
    system_busy,
    business_code,
    throttle,
    order_lock,
    empty_voucher_id,
    duplicate_mode,
    garbage_body,
    html_body,
    is_success,
    ret_code,
    attribute_map,
    missing_sub_code,
    numbers_as_strings,
    raw_control_characters,
    gbk_answer,
    wrong_signature,
    missing_signature,
    unsigned_error,
    other_method_node,
    error_response,
    sign_first,
    sign_last,
    pretty,
    execute_then_reset,
    execute_then_late,
    cut_body,
    trickle,
    connection_close,
    chunked,
};

// A call takes at most one fault of each stage, but every matching fault of the stage `shape`.
enum class fault_stage {
    at_once,     // acts as soon as the rule is posted
    connection,  // acts on a new connection, before a byte is read
    reading,     // acts after the request was read, before it is processed
    execution,   // replaces or wraps the execution of the method
    shape,       // changes the form of the answer
    transport,   // changes the transmission of the answer
};

enum class value_type { number, flag, text };

struct fault_parameter {
    std::string_view name;
    value_type type = value_type::text;
    std::string_view fallback;  // JSON text; empty: the parameter is required
    std::string_view choices;   // separated by `|`; empty: any value
};

struct fault_description {
    std::string_view name;
    fault_kind kind;
    fault_stage stage;
    std::span<const fault_parameter> parameters;
};

std::span<const fault_description> fault_table();
// Returns null when no fault has that name.
const fault_description* find_fault(std::string_view name);

}  // namespace simulator
