# The gateway's image: built with the packages script/install knows, run with its shared libraries only.
#   docker build --build-arg COMMIT=$(git rev-parse --short=12 HEAD) -t redemption-gateway .

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY script/install script/install
RUN script/install build && rm -rf /var/lib/apt/lists/*
COPY . .
ARG COMMIT=unknown
RUN cmake --preset release -DGATEWAY_COMMIT="$COMMIT" \
 && cmake --build --preset release --target redemption-gateway \
 && strip build/release/bin/redemption-gateway

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="redemption-gateway" \
      org.opencontainers.image.description="One REST API in front of voucher and ticket redemption at Alipay and Taobao"
# What ldd names, by Debian package, and the certificates the platforms' are checked against.
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends \
      ca-certificates libboost-container1.81.0 libboost-json1.81.0 libboost-url1.81.0 libfmt9 \
      libpq5 libprometheus-cpp-core1.0 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 libyaml-cpp0.7 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/redemption-gateway
COPY --from=build /src/build/release/bin/redemption-gateway /usr/local/bin/redemption-gateway
# Fails the build when a library is missing.
RUN ["/usr/local/bin/redemption-gateway", "--version"]
# A number, so that runAsNonRoot can be checked. Nothing else is written to than the journal's folder.
USER 10001:10001
VOLUME ["/var/lib/redemption-gateway"]
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/redemption-gateway"]
CMD ["--config", "/etc/redemption-gateway/gateway.yaml"]
