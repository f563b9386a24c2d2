#include "server/observe/admin.hpp"

#include <charconv>

#include "net/http_message.hpp"
#include "server/observe/build_info.hpp"
#include "text/field_syntax.hpp"
#include "text/json_writer.hpp"

namespace gateway::server {
namespace {

using boost::asio::awaitable;
using handlers::handler;
using handlers::request_context;
using net::http_response;
using text::json_writer;

http_response response_of(unsigned status, std::string_view type, std::string body) {
    http_response response;
    response.status = status;
    response.headers.add("Content-Type", type);
    response.headers.add("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

class metrics final : public handler {
public:
    explicit metrics(observer& observed) : observer_(observed) {}

    awaitable<http_response> handle(const request_context& context) override {
        if (wants_openmetrics(context.request.headers.find("Accept").value_or(""))) {
            co_return response_of(
                200,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                observer_.openmetrics_text()
            );
        }
        co_return response_of(
            200, "text/plain; version=0.0.4; charset=utf-8", observer_.prometheus_text()
        );
    }

private:
    observer& observer_;
};

// The loop that answers is the one that would have to be alive.
class livez final : public handler {
public:
    awaitable<http_response> handle(const request_context&) override {
        co_return response_of(200, "application/json", R"({"status":"alive"})");
    }
};

class readyz final : public handler {
public:
    explicit readyz(std::vector<readiness_check> checks) : checks_(std::move(checks)) {}

    awaitable<http_response> handle(const request_context&) override {
        bool ready = true;
        json_writer list;
        list.begin_array();
        for (const auto& check : checks_) {
            const auto trouble = check.trouble();
            ready = ready && !trouble;
            list.begin_object();
            list.text("name", check.name);
            list.boolean("ok", !trouble);
            list.text_or_null("detail", trouble);
            list.end_object();
        }
        list.end_array();
        json_writer out;
        out.begin_object();
        out.text("status", ready ? "ready" : "not ready");
        out.raw("checks", list.str());
        out.end_object();
        co_return response_of(ready ? 200 : 503, "application/json", out.str());
    }

private:
    std::vector<readiness_check> checks_;
};

class version final : public handler {
public:
    awaitable<http_response> handle(const request_context&) override {
        const auto build = this_build();
        json_writer out;
        out.begin_object();
        out.text("version", build.version);
        out.text("commit", build.commit);
        out.text("compiler", build.compiler);
        out.end_object();
        co_return response_of(200, "application/json", out.str());
    }
};

// Cuts the part before `separator` off the front.
std::string_view take(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return text::trimmed(part);
}

// The weight of one media range; 1 when it names none.
double weight_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto parameter = take(parameters, ';');
        if (parameter.starts_with("q=")) {
            double weight = 0;
            std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
            return weight;
        }
    }
    return 1;
}

}  // namespace

bool wants_openmetrics(std::string_view accept) {
    double open = 0;
    double plain = 0;
    while (!accept.empty()) {
        auto range = take(accept, ',');
        const auto type = take(range, ';');
        const auto weight = weight_of(range);
        if (net::equal_ignoring_case(type, "application/openmetrics-text")) {
            open = std::max(open, weight);
        } else if (net::equal_ignoring_case(type, "text/plain")) {
            plain = std::max(plain, weight);
        }
    }
    return open > 0 && open >= plain;
}

std::vector<route> admin_routes(observer& observed, std::vector<readiness_check> checks) {
    std::vector<route> routes;
    routes.push_back({"GET", "/metrics", {}, std::make_unique<metrics>(observed)});
    routes.push_back({"GET", "/livez", {}, std::make_unique<livez>()});
    routes.push_back({"GET", "/readyz", {}, std::make_unique<readyz>(std::move(checks))});
    routes.push_back({"GET", "/version", {}, std::make_unique<version>()});
    return routes;
}

}  // namespace gateway::server
