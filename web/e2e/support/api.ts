interface Question {
  method: string;
  body?: string | FormData;
  headers?: Readonly<Record<string, string>>;
}

/** What the tests ask the API behind the page's back, with a key of their own. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.ask(path, { method: 'GET' }).then((answer) => answer.json() as Promise<T>);
  }

  text(path: string): Promise<string> {
    return this.ask(path, { method: 'GET' }).then((answer) => answer.text());
  }

  post<T>(path: string, body?: object): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.send<T>('PUT', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.send<T>('PATCH', path, body);
  }

  /** Posts a form with a file of people. */
  async upload<T>(path: string, fields: Readonly<Record<string, string>>, file: string): Promise<T> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([file], { type: 'text/csv' }), 'people.csv');
    const answer = await this.ask(path, { method: 'POST', body: form });
    return (await answer.json()) as T;
  }

  private async send<T>(method: string, path: string, body?: object): Promise<T> {
    const content = body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {};
    const answer = await this.ask(path, { method, ...content });
    return (await answer.json()) as T;
  }

  private async ask(path: string, request: Question): Promise<Response> {
    const headers = { ...request.headers, Authorization: `Bearer ${this.key}` };
    const answer = await fetch(this.url + path, { ...request, headers });
    if (!answer.ok) throw new Error(`${request.method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}
