/// The script of the notary's pages, served as one file: digests of files computed where they are, and drafts saved by themselves.
///
/// Every page does the same without it. SHA-256 is written out since browsers digest only what is in memory as a whole, and a document
/// may be larger than that.
enum NotaryScript {
    static let path = "notary.js"

    static let text = #"""
        "use strict";
        (() => {
          // SHA-256 (FIPS 180-4), piece by piece.
          // Signed, as the engine adds fastest.
          const K = new Int32Array(64);
          const START = new Int32Array(8);
          {
            const primes = [];
            for (let n = 2; primes.length < 64; n += 1) if (primes.every(p => n % p !== 0)) primes.push(n);
            const fraction = x => (x - Math.floor(x)) * 4294967296;
            primes.forEach((p, i) => {
              K[i] = fraction(Math.cbrt(p));
              if (i < 8) START[i] = fraction(Math.sqrt(p));
            });
          }

          class SHA256 {
            constructor() {
              this.state = new Int32Array(START);
              this.schedule = new Int32Array(64);
              this.rest = new Uint8Array(64);
              this.held = 0;
              this.length = 0;
            }

            update(bytes) {
              this.length += bytes.length;
              let at = 0;
              if (this.held > 0) {
                at = Math.min(64 - this.held, bytes.length);
                this.rest.set(bytes.subarray(0, at), this.held);
                this.held += at;
                if (this.held < 64) return;
                this.block(this.rest, 0);
                this.held = 0;
              }
              for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
              this.rest.set(bytes.subarray(at));
              this.held = bytes.length - at;
            }

            block(bytes, at) {
              const w = this.schedule;
              for (let i = 0; i < 16; i += 1, at += 4) {
                w[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
              }
              for (let i = 16; i < 64; i += 1) {
                const x = w[i - 15], y = w[i - 2];
                w[i] = w[i - 16] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3)
                  + w[i - 7] + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
              }
              const s = this.state;
              let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
              for (let i = 0; i < 64; i += 1) {
                const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
                const t1 = h + s1 + (e & f ^ ~e & g) + K[i] + w[i] | 0;
                const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
                const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
                h = g; g = f; f = e; e = d + t1 | 0;
                d = c; c = b; b = a; a = t1 + t2 | 0;
              }
              s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
            }

            digest() {
              const bits = this.length * 8;
              const tail = new Uint8Array((this.held < 56 ? 64 : 128) - this.held);
              tail[0] = 0x80;
              const view = new DataView(tail.buffer);
              view.setUint32(tail.length - 8, Math.floor(bits / 4294967296));
              view.setUint32(tail.length - 4, bits % 4294967296);
              this.update(tail);
              return Array.from(this.state, word => (word >>> 0).toString(16).padStart(8, "0")).join("");
            }
          }

          const piece = 4 << 20;
          const read = blob => new Promise((done, failed) => {
            const reader = new FileReader();
            reader.onload = () => done(new Uint8Array(reader.result));
            reader.onerror = () => failed(reader.error);
            reader.readAsArrayBuffer(blob);
          });

          const digestOf = async (file, told, isWanted) => {
            const hash = new SHA256();
            for (let at = 0; at < file.size; at += piece) {
              if (!isWanted()) return null;
              hash.update(await read(file.slice(at, at + piece)));
              told(Math.min(100, (at + piece) / file.size * 100));
            }
            return hash.digest();
          };

          // Files are chosen, their digests filled in.
          document.querySelectorAll("[data-digest-of]").forEach(place => {
            const chooser = place.querySelector("input");
            const progress = place.querySelector("progress");
            const word = place.querySelector("[role=status]");
            const fill = (name, value) => {
              const field = document.getElementById(`${place.dataset.digestOf}-${name}`);
              if (field) field.value = value;
            };
            let turn = 0;
            place.hidden = false;
            chooser.addEventListener("change", async () => {
              const file = chooser.files[0];
              turn += 1;
              const own = turn;
              if (!file) return;
              fill("sha256", "");
              word.textContent = `${place.dataset.busy}: ${file.name}`;
              progress.value = 0;
              progress.hidden = false;
              try {
                const digest = await digestOf(file, done => { progress.value = done; }, () => own === turn);
                if (digest === null) return;
                fill("sha256", digest);
                fill("name", file.name);
                fill("size", String(file.size));
                word.textContent = `${place.dataset.done}: ${file.name}`;
              } catch (error) {
                if (own === turn) word.textContent = `${place.dataset.failed}: ${file.name}`;
              }
              if (own === turn) progress.hidden = true;
            });
          });

          // A draft is saved every 20 seconds in which something was typed.
          document.querySelectorAll("form[data-autosave]").forEach(form => {
            const saved = form.querySelector("[data-saved]");
            const failed = form.querySelector("[data-failed]");
            const content = () => new URLSearchParams(new FormData(form)).toString();
            let kept = content();
            let isBusy = false;
            let isSent = false;
            form.addEventListener("submit", () => { isSent = true; });
            window.addEventListener("pageshow", () => { isSent = false; });
            const save = async () => {
              const now = content();
              if (isBusy || isSent || now === kept) return;
              isBusy = true;
              try {
                const answer = await fetch(form.action, {
                  method: "POST", credentials: "same-origin", redirect: "error",
                  headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: `${now}&do=autosave`,
                });
                if (!answer.ok) throw new Error(String(answer.status));
                const {path, time} = await answer.json();
                kept = now;
                if (!isSent) {
                  form.action = path;
                  history.replaceState(null, "", path);
                }
                saved.textContent = `${form.dataset.autosave} ${time}`;
                if (failed.textContent) failed.textContent = "";
              } catch (error) {
                if (!isSent && failed.textContent !== form.dataset.unsaved) failed.textContent = form.dataset.unsaved;
              }
              isBusy = false;
            };
            setInterval(save, 20000);
            document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
          });
        })();
        """#
}
