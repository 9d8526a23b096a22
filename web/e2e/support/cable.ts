import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The way between the browser and the server, which can be cut. */
export class Cable {
  private readonly sockets = new Set<Socket>();
  private whole = true;

  private constructor(private readonly server: Server) {}

  /** A cable to a port of this machine. */
  static async to(port: number): Promise<Cable> {
    const server = createServer();
    const cable = new Cable(server);
    server.on('connection', (near) => cable.join(near, port));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return cable;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async remove(): Promise<void> {
    this.cut();
    await new Promise<void>((done) => this.server.close(() => done()));
  }

  private join(near: Socket, port: number): void {
    if (!this.whole) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    this.hold(near, far);
    this.hold(far, near);
    near.pipe(far).pipe(near);
  }

  private hold(socket: Socket, other: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      this.sockets.delete(socket);
      other.destroy();
    });
  }
}
