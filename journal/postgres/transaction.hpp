#pragma once

#include <vector>

#include "journal/postgres/connection.hpp"

namespace gateway::journal::postgres {

// The right to write: the number of this life of the process, and of its writer's connection.
struct writer_identity {
    std::int64_t replica = 0;
    std::int32_t connection = 0;
};

// One transaction of several round trips, for operations that must read before they know what to
// write. Its first statement is the fence. What is not committed is rolled back by the destructor.
// Thread of the connection.
class transaction {
public:
    // `on` must outlive this object.
    transaction(connection& on, writer_identity me) : on_(on), me_(me) {}
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    // The results of the calls. An error leaves nothing written.
    pg_outcome<std::vector<rows>> run(const std::vector<call>& calls);
    // The same, then commits. An error of kind in_doubt may have been committed.
    pg_outcome<std::vector<rows>> commit(const std::vector<call>& calls = {});

private:
    pg_outcome<std::vector<rows>> run(const std::vector<call>& calls, bool commits);

    connection& on_;
    const writer_identity me_;
    bool begun_ = false;
};

}  // namespace gateway::journal::postgres
