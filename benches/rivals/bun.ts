// Bun's `publish`, at its best settings: `bun bun.ts BYTES`. See `src/bin/rivals/main.rs` for what every rival does.

declare const Bun: any;
declare const process: any;

const bytes = Number(process.argv[2]);
let n = 0;

function message(): string {
  n += 1;
  const start = `{"n":${n},"pad":"`;
  return start + "x".repeat(bytes - start.length - 2) + '"}';
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request: any, server: any) {
    return server.upgrade(request) ? undefined : new Response("no socket", { status: 400 });
  },
  websocket: {
    // Compression would cost each viewer's frames anew.
    perMessageDeflate: false,
    // Pings and a timer for silence are work that nothing here needs.
    sendPings: false,
    idleTimeout: 0,
    open(socket: any) {
      socket.subscribe("bench");
    },
    message() {},
  },
});

const control = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    // All in one turn of the event loop, so that what waits for a socket goes out in one write.
    data(_: any, asked: Uint8Array) {
      for (let i = 0; i < asked.length; i++) server.publish("bench", message());
    },
  },
});

console.log(`listening on http://127.0.0.1:${server.port} control 127.0.0.1:${control.port}`);
