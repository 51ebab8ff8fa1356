// What the scripts share. They run on Node.js 18 (Debian 12) and newer.

import { createHash } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";

// A client that asks once. name is the variable that has the account's key.
export function client(name, more) {
  const [accessKeyId, secretAccessKey] = process.env[name].split(" ");
  return new S3Client({
    endpoint: process.env.SALLYPORT_ENDPOINT,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    ...more,
  });
}

export const sum = (data) => createHash("sha256").update(data).digest("hex");

export async function sumOf(stream) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    size += chunk.length;
  }
  return [size, hash.digest("hex")];
}
