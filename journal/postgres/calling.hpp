#pragma once

#include <cstddef>

#include "journal/postgres/connection.hpp"

namespace gateway::journal::postgres {

namespace detail {
template <class T>
void add_parameter(parameters& to, type of, const T& value) {
    to.add(of, value);
}
inline void add_parameter(parameters& to, type, const column& values) {
    to.add(values);
}
}  // namespace detail

// One execution of `what` with the values of $1, $2, ...; the statement and columns must outlive
// it.
template <class... V>
call calling(const statement& what, const V&... values) {
    call made{.what = &what, .with = {}};
    std::size_t at = 0;
    (detail::add_parameter(made.with, what.types.at(at++), values), ...);
    return made;
}

}  // namespace gateway::journal::postgres
