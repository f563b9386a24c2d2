#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/knob.hpp"
#include "config/value_forms.hpp"

// The kinds of knobs: a value, a file, a list of values, a section, a list of sections.

namespace gateway::config {

// A single value.
template <class Target, class T>
knob_kind<Target> value(T Target::* member, value_form<T> form) {
    knob_kind<Target> kind;
    kind.expected = form.expected;
    kind.read = [member, form](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        const auto text = into.text_of(node, path, form.expected, form.shown_in_faults);
        if (!text) {
            return;
        }
        auto parsed = form.parse(*text);
        if (!parsed) {
            into.expected(node, path, form.expected, form.shown_in_faults);
            return;
        }
        target.*member = std::move(*parsed);
    };
    kind.show = [member, form](const Target& target) {
        return form.show(target.*member);
    };
    return kind;
}

// A member of any type, for a kind that sets one.
template <class T>
struct single_member {
    T value{};
};

// `inner` for a member that is absent without the key.
template <class Target, class T>
knob_kind<Target> optional_kind(
    std::optional<T> Target::* member, knob_kind<single_member<T>> inner
) {
    knob_kind<Target> kind;
    kind.expected = inner.expected;
    kind.read = [member, inner](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        single_member<T> read;
        inner.read(node, path, read, into);
        target.*member = std::move(read.value);
    };
    kind.show = [](const Target&) {
        return std::string();
    };
    return kind;
}

template <class Target, class T>
knob_kind<Target> optional_value(std::optional<T> Target::* member, value_form<T> form) {
    return optional_kind(member, value(&single_member<T>::value, std::move(form)));
}

// A file's path; relative ones start at the configuration file's folder. Messages about unusable
// files name their paths; therefore a secret in place of a path is refused, as far as `is_path` can
// tell.
template <class Target>
knob_kind<Target> file_path(
    std::string Target::* member,
    bool (*is_path)(std::string_view written, std::string_view text) = surely_a_path
) {
    knob_kind<Target> kind;
    kind.expected = "a file's path";
    kind.read = [member, is_path, expected = kind.expected](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        const auto text = into.text_of(node, path, expected);
        if (!text) {
            return;
        }
        if (!is_path(node.text, *text)) {
            into.expected(
                node, path, expected + " (from the environment: that starts with / or ./)", false
            );
            return;
        }
        target.*member = into.resolve(*text);
    };
    kind.show = [member](const Target& target) {
        return target.*member;
    };
    return kind;
}

// A list of at least one value, without repetitions.
template <class Target, class T>
knob_kind<Target> values(std::vector<T> Target::* member, value_form<T> form) {
    knob_kind<Target> kind;
    kind.expected = "a list of " + form.expected;
    kind.read = [member, form, expected = kind.expected](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        if (node.is != yaml_node::form::list || node.items.empty()) {
            into.expected(node, path, expected + " with at least one");
            return;
        }
        for (const yaml_node& item : node.items) {
            const auto text = into.text_of(item, path, form.expected);
            if (!text) {
                continue;
            }
            auto parsed = form.parse(*text);
            if (!parsed) {
                into.expected(item, path, form.expected);
                continue;
            }
            auto& list = target.*member;
            if (std::find(list.begin(), list.end(), *parsed) != list.end()) {
                into.fault_at(item.line, path, "\"" + *text + "\" is listed twice");
                continue;
            }
            list.push_back(std::move(*parsed));
        }
    };
    kind.show = [](const Target&) {
        return std::string();
    };
    return kind;
}

// The same for a member that is absent without the key.
template <class Target, class T>
knob_kind<Target> optional_values(
    std::optional<std::vector<T>> Target::* member, value_form<T> form
) {
    return optional_kind(member, values(&single_member<std::vector<T>>::value, std::move(form)));
}

// A section whose knobs set a member of their own type.
template <class Target, class Inner>
knob_kind<Target> section(
    Inner Target::* member, knob_table<Inner> table, unknown_key_hint hint = {}
) {
    knob_kind<Target> kind;
    kind.expected = "a section";
    kind.read = [member, table, hint](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        read_section(node, path, table, target.*member, into, hint);
    };
    kind.show = [](const Target&) {
        return std::string();
    };
    kind.inside =
        [member,
         table](const std::string& path, const Target& target, std::vector<reference_row>& rows) {
            describe_section(path, table, target.*member, rows);
        };
    return kind;
}

// The same for a member that is absent without the section.
template <class Target, class Inner>
knob_kind<Target> optional_section(std::optional<Inner> Target::* member, knob_table<Inner> table) {
    knob_kind<Target> kind;
    kind.expected = "a section";
    kind.read = [member, table](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        read_section(node, path, table, (target.*member).emplace(), into);
    };
    kind.show = [](const Target&) {
        return std::string();
    };
    kind.inside =
        [table](const std::string& path, const Target&, std::vector<reference_row>& rows) {
            describe_section(path, table, Inner{}, rows);
        };
    return kind;
}

// A section whose knobs set members of the same Target.
template <class Target>
knob_kind<Target> group(knob_table<Target> table) {
    knob_kind<Target> kind;
    kind.expected = "a section";
    kind.read =
        [table](const yaml_node& node, const std::string& path, Target& target, reading& into) {
            read_section(node, path, table, target, into);
        };
    kind.show = [](const Target&) {
        return std::string();
    };
    kind.inside =
        [table](const std::string& path, const Target& target, std::vector<reference_row>& rows) {
            describe_section(path, table, target, rows);
        };
    return kind;
}

// The knobs of a member as knobs of its owner.
template <class Target, class Inner>
knob_table<Target> lifted(Inner Target::* member, const knob_table<Inner>& table) {
    knob_table<Target> result;
    for (const knob<Inner>& row : table) {
        knob<Target> up;
        up.key = row.key;
        up.meaning = row.meaning;
        up.need = row.need;
        up.kind.expected = row.kind.expected;
        up.kind.read =
            [member, read = row.kind.read](
                const yaml_node& node, const std::string& path, Target& target, reading& into
            ) {
                read(node, path, target.*member, into);
            };
        up.kind.show = [member, show = row.kind.show](const Target& target) {
            return show(target.*member);
        };
        result.push_back(std::move(up));
    }
    return result;
}

// A list of sections; `read` reads one of them into a fresh Item.
template <class Target, class Item>
knob_kind<Target> sections(
    std::vector<Item> Target::* member,
    const std::string& what,
    std::size_t least,
    std::function<void(const yaml_node&, const std::string& path, Item&, reading&)> read
) {
    knob_kind<Target> kind;
    kind.expected = "a list of " + what + (least > 0 ? " with at least one" : "");
    kind.read = [member, least, read, expected = kind.expected](
                    const yaml_node& node, const std::string& path, Target& target, reading& into
                ) {
        if (node.is != yaml_node::form::list || node.items.size() < least) {
            into.expected(node, path, expected);
            return;
        }
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const std::string item_path = path + "[" + std::to_string(i) + "]";
            read(node.items[i], item_path, (target.*member).emplace_back(), into);
        }
    };
    kind.show = [](const Target&) {
        return std::string();
    };
    return kind;
}

}  // namespace gateway::config
