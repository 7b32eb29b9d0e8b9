// Keeps the page, its scripts and its styles, so that it opens without a network. VERSION, FILES and SHELLS stand above.
const CACHE = `wangge-inspect-${VERSION}`;
const CHOICE = "wangge-inspect-choice";
const PATIENCE = 4000;

const keepShell = async (cache, language) => {
  const answer = await fetch(SHELLS[language], { cache: "no-store" });
  if (!answer.ok || answer.redirected) throw new Error("no shell");
  await cache.put(SHELLS[language], answer);
};

const install = async () => {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  await Promise.all(Object.keys(SHELLS).map((language) => keepShell(cache, language)));
  await self.skipWaiting();
};

const isOld = (name) => /^wangge-inspect-[0-9a-f]{12}$/.test(name) && name !== CACHE;

const activate = async () => {
  for (const name of await caches.keys()) if (isOld(name)) await caches.delete(name);
  await self.clients.claim();
};

const language = async () => {
  const held = await (await caches.open(CHOICE)).match("/inspect/language");
  return (held && await held.text()) || Object.keys(SHELLS)[0];
};

const choose = async (wanted) => {
  const name = Object.keys(SHELLS).find((key) => wanted?.startsWith(key));
  if (name) await (await caches.open(CHOICE)).put("/inspect/language", new Response(name));
};

const shell = async (wanted) => (await caches.open(CACHE))
  .match(SHELLS[wanted in SHELLS ? wanted : await language()], { ignoreVary: true });

// The page from the network, unless that is slow, broken or asks to sign in: then as it was kept.
const open = async (request) => {
  const wanted = new URL(request.url).searchParams.get("lang");
  const late = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && (answer.ok || answer.status === 403)) return answer;
  return (await shell(wanted)) ?? answer ?? Response.error();
};

const file = async (request) => (await caches.match(request, { ignoreVary: true })) ?? fetch(request);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(choose(event.data?.language)));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === "/inspect" && event.request.mode === "navigate") event.respondWith(open(event.request));
  else if (pathname.startsWith("/inspect/app/") || FILES.includes(pathname)) event.respondWith(file(event.request));
});
