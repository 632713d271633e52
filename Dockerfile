# docs/operations.md says how it is run: not as root, on a read-only root file system, with a volume at /data.
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
# What goes to npm is what is installed here.
RUN npm pack --pack-destination /tmp \
  && npm install --prefix /opt/headwater --omit=dev --no-audit --no-fund /tmp/headwater-*.tgz

FROM node:22-bookworm-slim
COPY --from=build /opt/headwater /opt/headwater
RUN mkdir /data && chown node:node /data && chmod 700 /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 HEADWATER_DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/headwater/node_modules/headwater/dist/src/cli/main.js"]
CMD ["serve"]
