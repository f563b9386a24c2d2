#include "journal/postgres/values.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "journal/postgres/rows.hpp"
#include "tests/journal/postgres/postgres_fixture.hpp"
#include "text/hex.hpp"

namespace gateway::journal::postgres {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using redemption::redemption_id;
using redemption::time_point;

const redemption_id some_id("0190f5a2-7e1c-7abc-8def-0123456789ab");
const time_point some_time(std::chrono::milliseconds(1'767'323'045'678)
);  // 2026-01-02T03:04:05.678Z

template <class T>
std::string scalar(type of, const T& value) {
    parameters made;
    made.add(of, value);
    const auto view = made.at(0);
    return view.is_null ? "null" : text::to_hex(view.bytes);
}

TEST(Values, WriteScalarsInBinaryFormat) {
    EXPECT_EQ(scalar(type::boolean, true), "01");
    EXPECT_EQ(scalar(type::boolean, false), "00");
    EXPECT_EQ(scalar(type::int4, std::int32_t(-2)), "fffffffe");
    EXPECT_EQ(scalar(type::int8, std::int64_t(258)), "0000000000000102");
    EXPECT_EQ(scalar(type::int8, 1s + 0ms), "00000000000003e8");
    EXPECT_EQ(scalar(type::float4, 1.5F), "3fc00000");
    EXPECT_EQ(scalar(type::text, "é"), "c3a9");
    EXPECT_EQ(scalar(type::bytea, "a\0b"s), "610062");
    EXPECT_EQ(scalar(type::jsonb, "{}"), "017b7d");
    EXPECT_EQ(scalar(type::uuid, some_id), "0190f5a27e1c7abc8def0123456789ab");
    EXPECT_EQ(scalar(type::date, postgres_epoch + std::chrono::days(-1)), "ffffffff");
    EXPECT_EQ(scalar(type::timestamptz, time_point(946'684'800'001ms)), "00000000000003e8");
    EXPECT_EQ(scalar(type::text, std::optional<std::string>()), "null");
    EXPECT_EQ(scalar(type::text, redemption::caller_name("pos")), "706f73");
}

TEST(Values, MakeNullOfWhatIsNoUuid) {
    const char* malformed[] = {
        "",
        "x",
        "0190f5a2-7e1c-7abc-8def-0123456789a",
        "0190f5a2-7e1c-7abc-8def-0123456789abc",
        "0190f5a2-7e1c-7abc-8def-0123456789ag",
        "0190f5a2x7e1c-7abc-8def-0123456789ab",
        "0190f5a27-e1c-7abc-8def-0123456789ab",
    };
    for (const char* text : malformed) {
        EXPECT_FALSE(uuid_bytes(text)) << text;
        EXPECT_EQ(scalar(type::uuid, redemption_id(text)), "null") << text;
    }
    const auto bytes = uuid_bytes(some_id.view());
    ASSERT_TRUE(bytes);
    EXPECT_EQ(uuid_text(*bytes), some_id.view());
}

TEST(Values, KeepTimesInTheRangeOfTheServer) {
    for (const auto time : {time_point::max(), time_point::min()}) {
        parameters made;
        made.add(type::timestamptz, time);
        EXPECT_EQ(made.at(0).bytes.size(), 8U);
    }
    EXPECT_EQ(
        scalar(type::timestamptz, time_point::max()),
        scalar(
            type::timestamptz,
            std::chrono::time_point_cast<std::chrono::milliseconds>(postgres_epoch) +
                timestamp_bound
        )
    );
}

TEST(Values, RefuseATypeThatDoesNotFit) {
    parameters made;
    EXPECT_THROW(made.add(type::int4, std::int64_t(1)), std::logic_error);
    EXPECT_THROW(made.add(type::uuid, "text"), std::logic_error);
    EXPECT_THROW(made.add(type::text, true), std::logic_error);
    EXPECT_THROW(column{type::text_array}, std::logic_error);
}

TEST(Values, GrowColumnsByAppending) {
    column numbers(type::int4);
    EXPECT_EQ(text::to_hex(numbers.bytes()), "000000000000000000000017");
    numbers.append(std::int32_t(7));
    EXPECT_EQ(
        text::to_hex(numbers.bytes()),
        "00000001"
        "00000000"
        "00000017"
        "00000001"
        "00000001"
        "00000004"
        "00000007"
    );
    numbers.append(std::optional<std::int32_t>());
    EXPECT_EQ(
        text::to_hex(numbers.bytes()),
        "00000001"
        "00000001"
        "00000017"
        "00000002"
        "00000001"
        "00000004"
        "00000007"
        "ffffffff"
    );
    EXPECT_EQ(numbers.size(), 2U);
    numbers.clear();
    EXPECT_EQ(text::to_hex(numbers.bytes()), "000000000000000000000017");
}

TEST(Values, QuoteTheElementsOfAnArrayLiteral) {
    const std::vector<std::string_view> elements{"a", "", "b\"c\\d,}"};
    EXPECT_EQ(text_array_literal(elements), R"({"a","","b\"c\\d,}"})");
    EXPECT_EQ(text_array_literal({}), "{}");
}

class ValuesAtTheServer : public postgres_test {
protected:
    // The rows of a statement made for one test.
    rows run(const char* sql, std::vector<type> types, parameters with) {
        const statement one{"one", sql, std::move(types)};
        auto done = session.run(call{.what = &one, .with = std::move(with)});
        if (!done) {
            throw std::runtime_error(to_text(done.error()));
        }
        return std::move(*done);
    }
    connection session = connected();
};

TEST_F(ValuesAtTheServer, ScalarsComeBackAsTheyWent) {
    parameters with;
    with.add(type::boolean, true);
    with.add(type::int4, std::int32_t(-5));
    with.add(type::int8, std::int64_t(1) << 40);
    with.add(type::float4, 0.25F);
    with.add(type::text, "é\"\\'");
    with.add(type::bytea, "\0\xff"s);
    with.add(type::jsonb, R"({"a": [1, null]})");
    with.add(type::uuid, some_id);
    with.add(type::timestamptz, some_time);
    with.add(type::date, postgres_epoch + std::chrono::days(9000));
    with.add_null(type::text);
    const auto found =
        run("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9::text, $8::text",
            {type::boolean,
             type::int4,
             type::int8,
             type::float4,
             type::text,
             type::bytea,
             type::jsonb,
             type::uuid,
             type::timestamptz,
             type::date,
             type::text},
            std::move(with));
    row_reader at(found, 0);
    EXPECT_TRUE(at.next<bool>());
    EXPECT_EQ(at.next<std::int32_t>(), -5);
    EXPECT_EQ(at.next<std::int64_t>(), std::int64_t(1) << 40);
    EXPECT_EQ(at.next<float>(), 0.25F);
    EXPECT_EQ(at.next<std::string>(), "é\"\\'");
    EXPECT_EQ(at.next<std::string_view>(), "\0\xff"s);
    EXPECT_EQ(at.next<std::string_view>(), R"({"a": [1, null]})");
    EXPECT_EQ(at.next<redemption_id>(), some_id);
    EXPECT_EQ(at.next<time_point>(), some_time);
    EXPECT_EQ(at.next<std::chrono::sys_days>(), postgres_epoch + std::chrono::days(9000));
    EXPECT_EQ(at.next<std::optional<std::string>>(), std::nullopt);
    EXPECT_EQ(at.next<std::string>(), "2026-01-02 03:04:05.678+00");
    EXPECT_EQ(at.next<redemption::caller_name>().view(), some_id.view());
    EXPECT_FALSE(at.error());
}

TEST_F(ValuesAtTheServer, ColumnsBecomeRows) {
    column ids(type::uuid);
    column keys(type::text);
    column bodies(type::bytea);
    column flags(type::boolean);
    column counts(type::int8);
    column times(type::timestamptz);
    column objects(type::jsonb);
    column orders(type::text);
    const std::vector<std::string_view> names{"order \"1\"", "\\", "NULL"};
    for (int i = 0; i < 300; ++i) {
        ids.append(some_id);
        keys.append(i % 2 == 0 ? std::optional<std::string>(std::to_string(i)) : std::nullopt);
        bodies.append(std::string(static_cast<std::size_t>(i), 'x'));
        flags.append(i == 7);
        counts.append(std::int64_t(i));
        times.append(some_time + std::chrono::milliseconds(i));
        objects.append("[]");
        orders.append(text_array_literal(names));
    }
    parameters with;
    for (const auto* one : {&ids, &keys, &bodies, &flags, &counts, &times, &objects, &orders}) {
        with.add(*one);
    }
    std::vector<type> types;
    for (std::size_t i = 0; i < with.size(); ++i) {
        types.push_back(with.at(i).of);
    }
    const auto found = run(
        "SELECT id, key, body, flag, n, at, object, orders::text[] FROM unnest($1, $2, $3, $4, $5, "
        "$6, $7, $8) AS w(id, key, body, flag, n, at, object, orders)",
        types,
        std::move(with)
    );
    ASSERT_EQ(found.size(), 300U);
    EXPECT_EQ(found.affected(), 300U);
    for (std::size_t i = 0; i < found.size(); ++i) {
        row_reader at(found, i);
        EXPECT_EQ(at.next<redemption_id>(), some_id);
        EXPECT_EQ(at.next<std::optional<std::string>>().has_value(), i % 2 == 0);
        EXPECT_EQ(at.next<std::string_view>().size(), i);
        EXPECT_EQ(at.next<bool>(), i == 7);
        EXPECT_EQ(at.next<std::int64_t>(), static_cast<std::int64_t>(i));
        EXPECT_EQ(at.next<time_point>(), some_time + std::chrono::milliseconds(i));
        EXPECT_EQ(at.next<std::string_view>(), "[]");
        EXPECT_EQ(
            at.next<std::vector<std::string>>(),
            std::vector<std::string>(names.begin(), names.end())
        );
        ASSERT_FALSE(at.error()) << at.error()->reason;
    }
}

TEST_F(ValuesAtTheServer, EmptyColumnsAreNoRows) {
    column ids(type::uuid);
    parameters with;
    with.add(ids);
    EXPECT_TRUE(run("SELECT unnest($1)", {type::uuid_array}, std::move(with)).empty());
}

TEST_F(ValuesAtTheServer, WhatIsNotAsExpectedIsAnError) {
    struct damaged {
        const char* value;
        void (*read)(row_reader&);
        const char* why;
    };
    const damaged table[] = {
        {"NULL::int8", [](row_reader& at) { at.next<std::int64_t>(); }, "is null"},
        {"1::int4", [](row_reader& at) { at.next<std::int64_t>(); }, "has another type"},
        {"'x'::text", [](row_reader& at) { at.next<redemption_id>(); }, "has another type"},
        {"'infinity'::timestamptz", [](row_reader& at) { at.next<time_point>(); }, "infinite"},
        {"'-infinity'::date",
         [](row_reader& at) { at.next<std::chrono::sys_days>(); },
         "out of range"},
        {"ARRAY['a', NULL]",
         [](row_reader& at) { at.next<std::vector<std::string>>(); },
         "no list of texts"},
        {"ARRAY[['a']]",
         [](row_reader& at) { at.next<std::vector<std::string>>(); },
         "no list of texts"},
        {"ARRAY[1]", [](row_reader& at) { at.next<std::vector<std::string>>(); }, "no list of texts"
        },
        {"1::int4", [](row_reader& at) { at.next<std::string>(); }, "has another type"},
        {"true",
         [](row_reader& at) { at.skip(), at.next<bool>(); },
         "column 1 of a result is missing"},
    };
    for (const auto& one : table) {
        const std::string sql = std::string("SELECT ") + one.value;
        const auto found = run(sql.c_str(), {}, {});
        row_reader at(found, 0);
        EXPECT_FALSE(at.error());
        one.read(at);
        ASSERT_TRUE(at.error()) << one.value;
        EXPECT_NE(at.error()->reason.view().find(one.why), std::string::npos)
            << one.value << ": " << at.error()->reason;
        EXPECT_EQ(at.error()->kind, error_kind::trouble);
    }
}

}  // namespace
}  // namespace gateway::journal::postgres
