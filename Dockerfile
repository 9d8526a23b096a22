# The container of Campanile: `docker build -t campanile .` compiles it. A release brings this file with
# the program beside it, and nothing is compiled (docs/operating.md has both, and the network).

# Where the program comes from: `compiled` from this source, or `packed` with a release.
ARG PROGRAM=compiled
ARG DEBIAN=bookworm

FROM node:22-${DEBIAN}-slim AS dashboard
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY docs/openapi.json ../docs/openapi.json
COPY web .
RUN npm run build

FROM rust:1.95-slim-${DEBIAN} AS compiled
WORKDIR /src
COPY . .
COPY --from=dashboard /src/web/dist web/dist
RUN cargo build --release --locked --package campanile \
    && install --strip target/release/campanile /campanile

FROM debian:${DEBIAN}-slim AS packed
COPY campanile /campanile

FROM ${PROGRAM} AS program

FROM debian:${DEBIAN}-slim
# Debian's release keeps the versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates espeak-ng wget \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 campanile \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/campanile \
        --shell /usr/sbin/nologin campanile \
    && install -d -m 0700 -o campanile -g campanile /var/lib/campanile
COPY packaging/campanile.toml /etc/campanile/campanile.toml
COPY --from=program /campanile /usr/bin/campanile
USER 10001:10001
VOLUME /var/lib/campanile
EXPOSE 8080
# Calls in progress finish first: `docker stop --time 600`, or stop_grace_period.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["wget", "--quiet", "--output-document=/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["campanile"]
CMD ["serve", "--data", "/var/lib/campanile", "--config", "/etc/campanile/campanile.toml"]
