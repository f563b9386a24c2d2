#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/settings_reader.hpp"
#include "config/value_forms.hpp"
#include "config/yaml_tree.hpp"
#include "reading_support.hpp"

// Repeated values of a Kubernetes manifest must be equal, and its configuration must be accepted.

namespace gateway::config::test {
namespace {

struct manifest {
    std::string file;
    std::string workload;  // the kind of the document that has the pods
};

class DeployManifest : public testing::TestWithParam<manifest> {
protected:
    void SetUp() override {
        std::ifstream in(std::string(GATEWAY_SOURCE_DIR) + "/deploy/" + GetParam().file);
        const std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        const std::string separator = "\n---\n";
        std::size_t start = 0;
        while (start < all.size()) {
            const std::size_t end = std::min(all.find(separator, start), all.size());
            auto parsed = parse_yaml(all.substr(start, end - start));
            ASSERT_TRUE(std::holds_alternative<yaml_node>(parsed))
                << std::get<yaml_problem>(parsed).what;
            documents_.push_back(std::get<yaml_node>(std::move(parsed)));
            start = end + separator.size();
        }
    }

    // The node at the keys below `from`; an empty one and a failure if it is absent.
    const yaml_node& at(const yaml_node& from, const std::vector<std::string>& keys) const {
        const yaml_node* node = &from;
        for (const std::string& key : keys) {
            node = node->find(key);
            if (node == nullptr) {
                ADD_FAILURE() << "no " << key;
                return nothing_;
            }
        }
        return *node;
    }

    const yaml_node& document(const std::string& kind) const {
        for (const yaml_node& candidate : documents_) {
            if (at(candidate, {"kind"}).text == kind) {
                return candidate;
            }
        }
        ADD_FAILURE() << "no " << kind;
        return nothing_;
    }

    const yaml_node& workload() const { return document(GetParam().workload); }

    const yaml_node& pod() const { return at(workload(), {"spec", "template", "spec"}); }

    const yaml_node& container() const {
        const yaml_node& containers = at(pod(), {"containers"});
        return containers.items.size() == 1 ? containers.items.front() : nothing_;
    }

    settings configuration() const {
        const environment_variable pos("POS_TOKEN_SHA256", std::string(64, '0'));
        const environment_variable ops("OPS_TOKEN_SHA256", std::string(64, '1'));
        const auto result = read_settings(
            at(document("ConfigMap"), {"data", "gateway.yaml"}).text,
            "gateway.yaml",
            "/etc/redemption-gateway",
            known_methods
        );
        EXPECT_EQ(faults_of(result), "");
        const auto* accepted = std::get_if<accepted_settings>(&result);
        if (accepted == nullptr) {
            return {};
        }
        EXPECT_EQ(texts_of(accepted->warnings), "");
        return accepted->settings;
    }

private:
    std::vector<yaml_node> documents_;
    yaml_node nothing_;
};

TEST_P(DeployManifest, ContainerPortsAndAnnotationsAreTheConfigurations) {
    const settings found = configuration();
    const yaml_node& ports = at(container(), {"ports"});
    ASSERT_EQ(ports.items.size(), 2u);
    EXPECT_EQ(at(ports.items[0], {"name"}).text, "api");
    EXPECT_EQ(at(ports.items[0], {"containerPort"}).text, std::to_string(found.server.api.port));
    EXPECT_EQ(at(ports.items[1], {"name"}).text, "admin");
    EXPECT_EQ(at(ports.items[1], {"containerPort"}).text, std::to_string(found.server.admin.port));
    const yaml_node& annotations = at(workload(), {"spec", "template", "metadata", "annotations"});
    EXPECT_EQ(
        at(annotations, {"prometheus.io/port"}).text, std::to_string(found.server.admin.port)
    );
    for (const std::string probe : {"startupProbe", "livenessProbe", "readinessProbe"}) {
        EXPECT_EQ(at(container(), {probe, "httpGet", "port"}).text, "admin") << probe;
    }
}

TEST_P(DeployManifest, ThePodMayLiveLongerThanTheDrain) {
    const auto grace = duration_of_seconds(seconds(1), seconds(600))
                           .parse(at(pod(), {"terminationGracePeriodSeconds"}).text + "s");
    ASSERT_TRUE(grace);
    const server_settings server = configuration().server;
    EXPECT_GT(*grace, server.drain_delay + server.drain_timeout + seconds(5));
}

TEST_P(DeployManifest, EveryFileTheConfigurationNamesIsInAMountedVolume) {
    const settings found = configuration();
    ASSERT_EQ(found.accounts.size(), 2u);
    std::vector<std::string> folders;
    for (const yaml_node& mount : at(container(), {"volumeMounts"}).items) {
        folders.push_back(at(mount, {"mountPath"}).text);
    }
    for (const std::string& file :
         {GetParam().workload == "Deployment" ? found.journal.postgres->conninfo_file
                                              : found.journal.sqlite_path,
          found.journal.encryption_key_file,
          found.accounts[0].alipay.private_key_file,
          found.accounts[0].alipay.alipay_public_key_file,
          found.accounts[1].taobao.app_secret_file,
          found.accounts[1].taobao.session_file}) {
        EXPECT_THAT(folders, testing::Contains(file.substr(0, file.rfind('/'))));
    }
}

TEST_P(DeployManifest, SomebodyMayResolveWhatIsUnknown) {
    const settings found = configuration();
    const auto is_operator = [](const caller_settings& caller) {
        return std::ranges::count(caller.roles, role::operate) > 0 &&
               std::ranges::count(caller.roles, role::read) > 0;
    };
    EXPECT_TRUE(std::ranges::any_of(found.callers, is_operator));
}

TEST_P(DeployManifest, EveryVariableOfTheConfigurationIsInTheContainer) {
    const std::string text = at(document("ConfigMap"), {"data", "gateway.yaml"}).text;
    std::vector<std::string> given;
    for (const yaml_node& variable : at(container(), {"env"}).items) {
        given.push_back(at(variable, {"name"}).text);
    }
    for (auto from = text.find("${"); from != std::string::npos; from = text.find("${", from + 1)) {
        EXPECT_THAT(
            given, testing::Contains(text.substr(from + 2, text.find('}', from) - from - 2))
        );
    }
}

TEST_P(DeployManifest, ThePodHasNoRightItDoesNotNeed) {
    EXPECT_EQ(at(pod(), {"automountServiceAccountToken"}).text, "false");
    EXPECT_EQ(at(pod(), {"securityContext", "runAsNonRoot"}).text, "true");
    EXPECT_EQ(at(pod(), {"securityContext", "seccompProfile", "type"}).text, "RuntimeDefault");
    const yaml_node& rights = at(container(), {"securityContext"});
    EXPECT_EQ(at(rights, {"allowPrivilegeEscalation"}).text, "false");
    EXPECT_EQ(at(rights, {"readOnlyRootFilesystem"}).text, "true");
    const yaml_node& dropped = at(rights, {"capabilities", "drop"});
    ASSERT_EQ(dropped.items.size(), 1u);
    EXPECT_EQ(dropped.items[0].text, "ALL");
}

TEST_P(DeployManifest, EverySelectorFindsThePods) {
    const std::string label = "app.kubernetes.io/name";
    const std::string name = at(workload(), {"spec", "template", "metadata", "labels", label}).text;
    EXPECT_EQ(at(workload(), {"spec", "selector", "matchLabels", label}).text, name);
    EXPECT_EQ(at(document("Service"), {"spec", "selector", label}).text, name);
    const yaml_node& budget = document("PodDisruptionBudget");
    EXPECT_EQ(at(budget, {"spec", "selector", "matchLabels", label}).text, name);
    const yaml_node& policy = document("NetworkPolicy");
    EXPECT_EQ(at(policy, {"spec", "podSelector", "matchLabels", label}).text, name);
}

TEST_P(DeployManifest, OnlyTheFileNeedsAVolumeAndOneReplica) {
    const yaml_node& spec = at(workload(), {"spec"});
    if (GetParam().workload == "StatefulSet") {
        EXPECT_NE(spec.find("volumeClaimTemplates"), nullptr);
        EXPECT_EQ(at(spec, {"replicas"}).text, "1");
        return;
    }
    EXPECT_EQ(at(spec, {"replicas"}).text, "3");
    for (const yaml_node& volume : at(pod(), {"volumes"}).items) {
        EXPECT_TRUE(volume.find("configMap") != nullptr || volume.find("secret") != nullptr)
            << at(volume, {"name"}).text;
    }
    // An update keeps three serving, and a node's end leaves two.
    EXPECT_EQ(at(spec, {"strategy", "rollingUpdate", "maxUnavailable"}).text, "0");
    EXPECT_EQ(at(document("PodDisruptionBudget"), {"spec", "maxUnavailable"}).text, "1");
    for (const yaml_node& spread : at(pod(), {"topologySpreadConstraints"}).items) {
        EXPECT_EQ(
            at(spread, {"labelSelector", "matchLabels", "app.kubernetes.io/name"}).text,
            at(spec, {"selector", "matchLabels", "app.kubernetes.io/name"}).text
        );
    }
}

INSTANTIATE_TEST_SUITE_P(
    Deploy,
    DeployManifest,
    testing::Values(
        manifest{"redemption-gateway.yaml", "StatefulSet"},
        manifest{"redemption-gateway.postgres.yaml", "Deployment"}
    ),
    [](const auto& one) { return one.param.workload; }
);

}  // namespace
}  // namespace gateway::config::test
