// A file up and down over TLS, in parts and in one request, where the SDK sends checksums as trailers.

import { createReadStream, statSync } from "node:fs";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { client, sumOf } from "./common.mjs";

const green = client("GREEN");
const Bucket = "js-tls";
const file = process.env.BIG;
const want = String(await sumOf(createReadStream(file)));

async function check(Key) {
  const got = await green.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  if (String(await sumOf(got.Body)) !== want) throw new Error(`${Key} differs`);
}

await green.send(new CreateBucketCommand({ Bucket }));
await new Upload({ client: green, params: { Bucket, Key: "parts", Body: createReadStream(file) } }).done();
await check("parts");
await green.send(new PutObjectCommand({ Bucket, Key: "one", Body: createReadStream(file), ContentLength: statSync(file).size }));
await check("one");
