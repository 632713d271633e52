// Asks a server the same questions again and again, one at a time, until it is killed; says so when it has begun.
import { once } from 'node:events'
import { Agent, request } from 'node:http'

const [url, questions] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
process.send('began')
for (;;) {
  for (const body of JSON.parse(questions)) {
    const headers = { 'content-type': 'application/json' }
    const asked = request(url, { method: 'POST', agent, headers }).end(body)
    const [response] = await once(asked, 'response')
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`)
    await once(response.resume(), 'end')
  }
}
