#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "simulator/alipay/credentials.hpp"
#include "simulator/settings_reader.hpp"

namespace simulator {

namespace {

class SimulatorSettings : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "simulator-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    settings read(const std::string& yaml) {
        const auto path = folder_ / "simulator.yaml";
        {
            std::ofstream(path) << yaml;
        }
        return read_settings(path.string());
    }

    std::string fault(const std::string& yaml) {
        try {
            read(yaml);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "no fault";
    }

    std::filesystem::path folder_;
};

bool ends_with(const std::string& text, const std::string& end) {
    return text.ends_with(end);
}

}  // namespace

TEST_F(SimulatorSettings, RequireAllFourTlsFiles) {
    EXPECT_FALSE(read("taobao: []\n").tls);
    std::ofstream(folder_ / "a.pem") << "a";
    std::ofstream(folder_ / "b.pem") << "b";
    const auto tls = read(
                         "tls: { certificate_file: a.pem, private_key_file: a.pem, "
                         "wrong_certificate_file: b.pem, wrong_private_key_file: b.pem }\n"
    )
                         .tls;
    ASSERT_TRUE(tls);
    EXPECT_EQ(tls->private_key, "a");
    EXPECT_EQ(tls->wrong_certificate, "b");
    EXPECT_TRUE(
        ends_with(fault("tls: { certificate_file: a.pem }\n"), ":1: private_key_file is missing")
    );
}

TEST_F(SimulatorSettings, AcceptTheDemo) {
    const settings demo =
        read_settings(std::string(GATEWAY_SOURCE_DIR) + "/config/simulator-demo.yaml");
    ASSERT_EQ(demo.alipay.size(), 1U);
    EXPECT_EQ(demo.alipay[0].app_id, "2021000000000001");
    EXPECT_NO_THROW(load_alipay_credentials(demo.alipay[0]));
    ASSERT_EQ(demo.taobao.size(), 1U);
    EXPECT_EQ(demo.taobao[0].app_key, "12345678");
    EXPECT_EQ(demo.taobao[0].secret, "helloworld");
    EXPECT_EQ(demo.taobao[0].sessions, std::vector<std::string>{"test"});
}

TEST_F(SimulatorSettings, ReportTheLineOfAFault) {
    EXPECT_TRUE(ends_with(fault("taobao:\n  - app_key: x\n"), ":2: secret is missing"));
    EXPECT_TRUE(ends_with(fault("taobao:\n  - colour: x\n"), ":2: unknown key 'colour'"));
    EXPECT_TRUE(ends_with(fault("processing_ms: soon\n"), ":1: has the wrong type"));
    EXPECT_TRUE(ends_with(
        fault("taobao:\n  - { app_key: x, secret: y, already_sent: z }\n"),
        ":2: already_sent must be sub_code or ret_code"
    ));
    EXPECT_TRUE(ends_with(fault("alipay: x\n"), ":1: alipay must be a list"));
}

TEST_F(SimulatorSettings, RequireAllCertificateFiles) {
    {
        std::ofstream(folder_ / "key.pem") << "x";
    }
    const std::string message = fault(
        "alipay:\n"
        "  - { app_id: x, alipay_private_key_file: key.pem, app_certificate_file: key.pem }\n"
    );
    EXPECT_NE(message.find("certificate mode needs"), std::string::npos) << message;
}

TEST_F(SimulatorSettings, ReportTheNameOfAMissingFile) {
    const std::string message =
        fault("alipay:\n  - { app_id: x, alipay_private_key_file: nowhere.pem }\n");
    EXPECT_NE(message.find("nowhere.pem"), std::string::npos) << message;
}

TEST(AlipayCredentials, ReportTheUnusableKey) {
    alipay_app app;
    app.app_id = "x";
    app.platform_private_key = "not a key";
    try {
        load_alipay_credentials(app);
        FAIL() << "the loader accepted an invalid key";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(
            error.what(), "alipay app x: alipay_private_key_file holds no RSA key in PEM form"
        );
    }
}

}  // namespace simulator
