#include "journal/postgres/replica_row.hpp"

#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {
namespace {

constexpr const char* lock_not_available = "55P03";

}  // namespace

pg_outcome<std::string> draw_token(connection& on) {
    auto drawn = on.run(calling(sql::draw_token));
    if (!drawn) {
        return drawn.error();
    }
    row_reader at(*drawn, 0);
    auto token = at.next<std::string>();
    if (at.error()) {
        return *at.error();
    }
    return token;
}

pg_outcome<writer_identity> enrol(
    connection& on, const replica_facts& facts, const std::string& server
) {
    const std::vector<std::string_view> ids(facts.key_ids.begin(), facts.key_ids.end());
    const auto keys = text_array_literal(ids);
    const call calls[] = {
        calling(sql::enrol, facts.name, facts.version, keys, facts.token, server),
        calling(sql::forget_replicas),
        calling(sql::forget_shares),
    };
    auto done = on.run(calls);
    if (!done) {
        return done.error();
    }
    row_reader at(done->front(), 0);
    writer_identity me;
    me.replica = at.next<std::int64_t>();
    me.connection = at.next<std::int32_t>();
    if (at.error()) {
        return *at.error();
    }
    return me;
}

// The earlier connection may live on at the server in the middle of a transaction, as when a
// firewall forgot it. It holds the locks of that until it ends.
pg_outcome<std::optional<writer_identity>> take_connection(
    connection& on, std::int64_t replica, const std::string& token
) {
    const call calls[] = {
        calling(sql::lock_replica, replica), calling(sql::renew_connection, replica, token)
    };
    auto done = on.run(calls);
    if (!done && done.error().sqlstate == lock_not_available) {
        if (auto ended = on.run(calling(sql::end_earlier_backend, replica, token)); !ended) {
            return ended.error();
        }
        done = on.run(calls);
    }
    if (!done) {
        return done.error();
    }
    const rows& renewed = done->back();
    if (renewed.empty()) {
        return std::optional<writer_identity>();
    }
    row_reader at(renewed, 0);
    const writer_identity me{.replica = replica, .connection = at.next<std::int32_t>()};
    if (at.error()) {
        return *at.error();
    }
    return std::optional(me);
}

pg_outcome<void> leave(connection& on, writer_identity me) {
    transaction in(on, me);
    auto done = in.commit({calling(sql::leave, me.replica), calling(sql::release, me.replica)});
    if (!done) {
        return done.error();
    }
    return boost::system::in_place_value;
}

}  // namespace gateway::journal::postgres
