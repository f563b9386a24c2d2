#include "journal/postgres/transaction.hpp"

#include <iterator>
#include <utility>

#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {

transaction::~transaction() {
    if (begun_ && on_.is_usable()) {
        static_cast<void>(on_.run(calling(sql::roll_back)));
    }
}

pg_outcome<std::vector<rows>> transaction::run(const std::vector<call>& calls) {
    return run(calls, false);
}

pg_outcome<std::vector<rows>> transaction::commit(const std::vector<call>& calls) {
    return run(calls, true);
}

pg_outcome<std::vector<rows>> transaction::run(const std::vector<call>& calls, bool commits) {
    std::vector<call> all;
    if (!begun_) {
        all.push_back(calling(sql::fence, me_.replica, me_.connection));
        all.push_back(calling(sql::begin));
    }
    const std::size_t before = all.size();
    all.insert(all.end(), calls.begin(), calls.end());
    if (commits) {
        all.push_back(calling(sql::commit));
    }
    auto done = on_.run(all);
    if (!done) {
        auto error = done.error();
        // The server still has a transaction that failed, unless its end failed or it never began.
        const bool in_its_calls = error.statement >= static_cast<int>(before) &&
                                  error.statement < static_cast<int>(before + calls.size());
        begun_ = in_its_calls;
        if (error.kind == error_kind::in_doubt && !commits) {
            error.kind = error_kind::lost;
        }
        return error;
    }
    begun_ = !commits;
    return std::vector<rows>(
        std::make_move_iterator(done->begin() + static_cast<std::ptrdiff_t>(before)),
        std::make_move_iterator(done->begin() + static_cast<std::ptrdiff_t>(before + calls.size()))
    );
}

}  // namespace gateway::journal::postgres
