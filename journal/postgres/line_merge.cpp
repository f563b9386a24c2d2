#include "journal/postgres/line_merge.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {

using redemption::order_key;

line_merge::line_merge(redemption::platform_identity scope, std::vector<order_key> given)
    : scope_(std::move(scope)), given_(std::move(given)) {
    for (const auto& name : given_) {
        names_.append(name);
    }
}

std::vector<call> line_merge::lock() const {
    return given_.empty() ? std::vector<call>()
                          : std::vector<call>{calling(sql::lock_names, scope_, names_)};
}

// The names of the lines, which are locked.
pg_outcome<std::vector<line_merge::member>> line_merge::members(transaction& in) const {
    auto whole = in.run({calling(sql::lock_lines, lines_)});
    if (!whole) {
        return whole.error();
    }
    std::vector<member> all;
    for (std::size_t i = 0; i < whole->front().size(); ++i) {
        row_reader at(whole->front(), i);
        auto& one = all.emplace_back();
        one.name = at.next<std::string>();
        one.number = at.next<std::int64_t>();
        one.line = at.next<std::int64_t>();
        if (at.error()) {
            return *at.error();
        }
    }
    return all;
}

pg_outcome<void> line_merge::read(transaction& in, const rows& locked) {
    std::set<std::int64_t> found;
    for (std::size_t i = 0; i < locked.size(); ++i) {
        row_reader at(locked, i);
        found.insert(at.get<std::int64_t>(2));
        if (at.error()) {
            return *at.error();
        }
    }
    for (const auto line : found) {
        lines_.append(line);
    }
    auto all = members(in);
    if (!all) {
        return all.error();
    }
    for (const auto& name : given_) {
        order_key canonical(canonical_of(*all, name.str()));
        if (std::find(aliases_.begin(), aliases_.end(), canonical) == aliases_.end()) {
            aliases_.push_back(std::move(canonical));
        }
    }
    if (found.size() == 1) {
        line_ = *found.begin();
        return boost::system::in_place_value;
    }
    if (auto done = renumber(in, *all); !done) {
        return done;
    }
    unite(found, *all);
    return boost::system::in_place_value;
}

// The line of the name with the lowest number takes the others in.
void line_merge::unite(const std::set<std::int64_t>& found, const std::vector<member>& all) {
    const auto first = std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.number < b.number;
    });
    line_ = first->number;
    for (const auto line : found) {
        if (line != *line_) {
            away_.append(line);
        }
    }
    order_key canonical(first->name);
    std::erase(aliases_, canonical);
    aliases_.insert(aliases_.begin(), std::move(canonical));
}

// A name that stood alone counts from now on, in the order in which the names are given.
pg_outcome<void> line_merge::renumber(transaction& in, std::vector<member>& all) {
    std::vector<member*> alone;
    for (const auto& name : given_) {
        const auto at = std::find_if(all.begin(), all.end(), [&](const member& one) {
            return one.name == name.str();
        });
        const bool stands_alone =
            at != all.end() && std::count_if(all.begin(), all.end(), [&](const member& one) {
                                   return one.line == at->line;
                               }) == 1;
        if (stands_alone && std::find(alone.begin(), alone.end(), &*at) == alone.end()) {
            alone.push_back(&*at);
        }
    }
    if (alone.empty()) {
        return boost::system::in_place_value;
    }
    auto drawn = in.run({calling(sql::draw_numbers, static_cast<std::int32_t>(alone.size()))});
    if (!drawn) {
        return drawn.error();
    }
    for (std::size_t i = 0; i < alone.size(); ++i) {
        row_reader at(drawn->front(), i);
        alone[i]->number = at.next<std::int64_t>();
        if (at.error()) {
            return *at.error();
        }
        renumbered_.append(alone[i]->name);
        numbers_.append(alone[i]->number);
    }
    return boost::system::in_place_value;
}

std::string line_merge::canonical_of(const std::vector<member>& all, const std::string& name)
    const {
    const auto own =
        std::find_if(all.begin(), all.end(), [&](const member& one) { return one.name == name; });
    const auto first = std::find_if(all.begin(), all.end(), [&](const member& one) {
        return own != all.end() && one.line == own->line && one.number == one.line;
    });
    return first == all.end() ? name : first->name;
}

std::vector<call> line_merge::moves() const {
    std::vector<call> calls;
    if (!renumbered_.empty()) {
        calls.push_back(calling(sql::renumber, scope_, renumbered_, numbers_));
    }
    if (!away_.empty()) {
        for (const auto which :
             {sql::move_names, sql::move_open, sql::move_confirmed, sql::move_doubtful}) {
            calls.push_back(calling(which, away_, *line_));
        }
    }
    return calls;
}

}  // namespace gateway::journal::postgres
