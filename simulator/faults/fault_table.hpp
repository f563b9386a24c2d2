#pragma once

#include <span>
#include <string_view>

// Every way the simulator can be told to misbehave, as data: docs/simulator.md shows the same
// table.

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

// A call takes at most one fault of each stage but `shape`, of which it takes all that match.
enum class fault_stage {
    at_once,     // takes effect when posted
    connection,  // before a byte of a request is read
    reading,     // after the request was read, before it is looked at
    execution,   // instead of, or around, what the business would do
    shape,       // how the answer looks
    transport,   // how the answer travels
};

enum class value_type { number, flag, text };

struct fault_parameter {
    std::string_view name;
    value_type type = value_type::text;
    std::string_view fallback;  // JSON text; empty: must be given
    std::string_view choices;   // separated by `|`; empty: free
};

struct fault_description {
    std::string_view name;
    fault_kind kind;
    fault_stage stage;
    std::span<const fault_parameter> parameters;
};

std::span<const fault_description> fault_table();
// Null when there is no fault of that name.
const fault_description* find_fault(std::string_view name);

}  // namespace simulator
