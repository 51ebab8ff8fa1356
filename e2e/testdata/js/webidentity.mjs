// Credentials from a token file: the SDK finds all it needs in the environment.

import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({ region: "us-east-1", forcePathStyle: true, maxAttempts: 1 });
const report = {};
const read = await s3.send(new GetObjectCommand({ Bucket: process.env.BUCKET, Key: "a.txt" }));
report.read = await read.Body.transformToString();
try {
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: "b.txt", Body: "x" }));
  report.written = "ok";
} catch (e) {
  report.written = e.name;
}
console.log(JSON.stringify(report));
