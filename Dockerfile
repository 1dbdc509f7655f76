# The image of brygga: one static binary, certificate authorities, and an empty
# folder for its data. There is no shell and no package manager in it.
#
#   docker build -t brygga .
#   docker run --rm brygga init --output-file - > brygga.yaml
#   docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges \
#     -v $PWD/brygga.yaml:/etc/brygga/brygga.yaml:ro -v brygga-data:/var/lib/brygga \
#     -e BRYGGA_PSEUDONYM_KEY -e BRYGGA_FHIR_TOKEN brygga check
#
# In brygga.yaml write store: sqlite:/var/lib/brygga/brygga.db, since nothing but
# that volume can be written to. A file: secret must belong to user 65532 with
# mode 0400; where that cannot be had (Kubernetes mounts secrets as root's), use env:.

FROM golang:1.26 AS build
WORKDIR /src

# Modules first: they change seldom, and stay in the cache when only the source does.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
# -trimpath and an empty build id make two builds of one source the same file;
# version control is not copied in (.dockerignore), so it is not asked.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o /out/brygga . \
 && mkdir -p /out/data

FROM scratch
# Time zones are in the binary (main.go imports time/tzdata); authorities are not.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/brygga /brygga
# The volume is created with the owner of this folder.
COPY --from=build --chown=65532:65532 /out/data /var/lib/brygga

# By number, since there is no /etc/passwd, and so that Kubernetes can see that
# runAsNonRoot holds.
USER 65532:65532
# SQLite and the demo put their temporary files where something can be written.
ENV TMPDIR=/var/lib/brygga
WORKDIR /var/lib/brygga
VOLUME /var/lib/brygga

# Healthy as long as jobs can begin and none is late. It asks the daemon, and opens no store.
HEALTHCHECK --interval=1m --timeout=15s --start-period=1m --retries=3 \
  CMD ["/brygga", "--config", "/etc/brygga/brygga.yaml", "health"]

EXPOSE 8420
STOPSIGNAL SIGTERM

# The daemon. For one night that ends with the exit codes of `brygga --help`, to be
# started by whatever schedules containers: docker run ... brygga run reconcile
# (with --no-healthcheck). Nothing is written to any record system until writes.mode in
# the configuration says so.
ENTRYPOINT ["/brygga", "--config", "/etc/brygga/brygga.yaml"]
CMD ["serve"]
